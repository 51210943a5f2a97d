"""What every room stands on: encrypted files, keys, jobs, outbox, blobs, clock, web, language."""
