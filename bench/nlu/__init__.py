"""Understanding, measured: our intent model beside Rasa and nlp.js on public Spanish data (`make bench-nlu`)."""
