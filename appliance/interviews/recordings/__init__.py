"""What was recorded: pieces, their sealing, decoding in memory, playing back."""
