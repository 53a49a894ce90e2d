"""What the people of these tests say."""

from __future__ import annotations

QUESTIONS = ("cuanto cuesta el acta de nacimiento", "que papeles piden para el acta de matrimonio", "gracias")
REPORT = ("hay un bache", "calle Hidalgo 120 colonia Centro", "esta muy hondo y ya poncho dos llantas", "no")
DANGER = "me sale mucha sangre"
CHANNELS = ("twilio_sms", "messenger")
