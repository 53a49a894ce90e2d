// Everything works without this file; with it the desk keeps itself up to date.
import { follow } from "./live.js";
import { keepSession } from "./session.js";
import { helpReply } from "./reply.js";

document.documentElement.classList.add("scripted");

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// an action is sent once, however often the button is pressed
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post") form.dataset.sent = "yes";
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelector(":is(.me, .menu)[open]")?.removeAttribute("open");
});

const csrf = document.body.dataset.csrf;
if (csrf) {
  keepSession(csrf);
  helpReply(csrf);
  const desk = document.querySelector("[data-live]");
  if (desk) follow(desk);
}
