"""A programme's life in compressed time: the whole road in one process, against the fake provider at its worst."""
