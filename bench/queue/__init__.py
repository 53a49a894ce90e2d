"""Two queue engines on the embedded Redis: how fast, what a killed worker loses, how late a delayed job runs."""
