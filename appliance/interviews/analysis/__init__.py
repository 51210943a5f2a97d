"""An answer heard and seen as soon as it is handed in."""
