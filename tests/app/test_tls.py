"""The site speaks HTTPS itself, and says in one line why it does not."""

import ssl
from pathlib import Path

import httpx
import pytest

from appliance.settings import Settings, load
from appliance.tls import TlsUnusable, open_tls
from tests.bench.rooms_certificate import make_certificate
from tests.running import RunningSite


def settings_with(folder: Path, certificate: Path | None, key: Path | None) -> Settings:
    return load(folder, tls_cert=certificate, tls_key=key)


def test_a_site_without_certificate_speaks_plain_http(tmp_path: Path) -> None:
    plain = settings_with(tmp_path, None, None)
    assert open_tls(plain) is None
    assert plain.url.startswith("http://") and not plain.cookies_over_tls


def test_a_certificate_with_its_key_is_taken_and_cookies_stay_on_https(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    secure = settings_with(tmp_path, certificate, key)
    found = open_tls(secure)
    assert found is not None and (found.certificate, found.key) == (certificate, key)
    assert secure.url.startswith("https://") and secure.cookies_over_tls


def test_the_two_files_may_stand_in_the_sites_own_settings(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    (tmp_path / "site.toml").write_text(f'tls_cert = "{certificate}"\ntls_key = "{key}"\n')
    assert open_tls(load(tmp_path)) is not None


def test_a_key_that_others_may_read_is_refused_by_name(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    key.chmod(0o640)
    with pytest.raises(TlsUnusable) as refused:
        open_tls(settings_with(tmp_path, certificate, key))
    assert refused.value.params == {"file": str(key)} and "600" in refused.value.message


def test_half_a_pair_a_missing_file_and_a_foreign_key_are_refused(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, foreign = make_certificate(other)
    for pair in ((certificate, None), (None, key), (certificate, tmp_path / "gone"), (certificate, foreign)):
        with pytest.raises(TlsUnusable):
            open_tls(settings_with(tmp_path, *pair))


def test_a_started_site_answers_over_https_and_over_nothing_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    certificate, key = make_certificate(tmp_path)
    (data / "site.toml").write_text(f'tls_cert = "{certificate}"\ntls_key = "{key}"\n')
    with RunningSite(tmp_path) as running:
        assert running.url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=str(certificate))
        answer = httpx.get(f"{running.url}/login", verify=trust)
        assert answer.status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(running.url.replace("https", "http") + "/login")
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{running.url}/login")
        token = {"Authorization": f"Bearer {running.token}"}
        assert httpx.get(f"{running.url}/api/v1/departments", headers=token, verify=trust).status_code == 200
        assert running.stop() == 0
