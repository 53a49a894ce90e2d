"""Where providers deliver: verified, parsed once, stored many at a time, and only then acknowledged."""
