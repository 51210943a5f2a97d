"""The letter with its link and window: inviting, reminding, moving, closing."""
