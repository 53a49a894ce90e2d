// Puts the parts together: two phones, the faults, and tabs where the screen is narrow.

import { follow } from "./api.js";
import { FaultPanel } from "./faults.js";
import { Handset } from "./handset.js";

const handsets = [...document.querySelectorAll(".phone")].map((root) => new Handset(root, root.dataset.channel));
const faults = new FaultPanel(document.getElementById("faults"));
const sms = handsets.find((handset) => handset.sms);
let epoch;

sms.root.addEventListener("person", (event) => faults.about(sms.people.find((person) => person.id === event.detail)));

follow(
  (snapshot) => {
    const anew = snapshot.epoch !== epoch;
    epoch = snapshot.epoch;
    for (const handset of handsets) handset.news(snapshot, anew);
    faults.news(snapshot);
  },
  (connected) => {
    document.body.classList.toggle("away", !connected);
    document.getElementById("live").textContent = connected ? "En vivo" : "Sin conexión, reintentando…";
  },
);

const tabs = [...document.querySelectorAll('[role="tab"]')];

function choose(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", chosen);
    one.tabIndex = chosen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).classList.toggle("shown", chosen);
  }
  for (const handset of handsets) handset.readIfSeen();
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(index + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
});
choose(tabs[0]);
document.addEventListener("visibilitychange", () => handsets.forEach((handset) => handset.readIfSeen()));
