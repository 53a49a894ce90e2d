"""All parts on one machine."""
