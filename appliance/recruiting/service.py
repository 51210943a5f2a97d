"""The room's service: what other rooms and the pages are handed."""

from dataclasses import dataclass

from appliance.kernel.blobs import BlobStore
from appliance.kernel.clock import Clock
from appliance.kernel.databases import Databases
from appliance.kernel.keys import KeyRing
from appliance.recruiting.applications import Applications
from appliance.recruiting.candidates import Candidates
from appliance.recruiting.extraction.vocabulary import Vocabulary
from appliance.recruiting.kept_files import KeptFiles
from appliance.recruiting.offers import Offers
from appliance.recruiting.openings import Openings
from appliance.recruiting.pipeline import Pipeline


@dataclass(frozen=True)
class Recruiting:
    """Verbs by noun. ``pipeline`` holds the moves that the interviews room calls inside its transactions."""

    openings: Openings
    applications: Applications
    files: KeptFiles
    candidates: Candidates
    pipeline: Pipeline
    offers: Offers
    vocabulary: Vocabulary

    @staticmethod
    def build(
        databases: Databases, blobs: BlobStore, keys: KeyRing, clock: Clock, vocabulary: Vocabulary
    ) -> "Recruiting":
        """Puts the parts together."""
        pipeline = Pipeline(databases.core)
        files = KeptFiles(databases, blobs, keys)
        return Recruiting(
            openings=Openings(databases.core, vocabulary),
            applications=Applications(databases.core, blobs, files),
            files=files,
            candidates=Candidates(databases.core),
            pipeline=pipeline,
            offers=Offers(databases.core, clock, pipeline),
            vocabulary=vocabulary,
        )
