// The panel that makes things go wrong.

import * as api from "./api.js";
import { make } from "./bubble.js";

// name, what goes wrong, what the number counts, value when switched on, smallest value, step
const COUNTED = [
  ["latency", "Contesta tarde", "segundos", 3, 0.5, 0.5],
  ["timeout_every", "Acepta y no contesta", "1 de cada", 2, 1, 1],
  ["too_many_every", "Rechaza por exceso", "429, 1 de cada", 3, 1, 1],
  ["server_error_every", "Falla del proveedor", "500, 1 de cada", 3, 1, 1],
  ["repeat_webhooks", "Repite los avisos", "copias de más", 1, 1, 1],
  ["reorder", "Desordena los avisos", "en grupos de", 3, 2, 1],
  ["drop_callbacks_every", "Pierde estados de envío", "1 de cada", 2, 1, 1],
];
const PLAIN = [
  ["opt_out_in_callback", "Avisa tarde de la baja", "21610 llega como estado"],
  ["forge_signatures", "Firma con otro secreto", "la ventanilla debe rechazar"],
];
const PER_PERSON = ["opted_out", "unreachable"];
const KIND = { inbound: "SMS", status: "Estado", messenger: "Messenger" };
const CLOCK = new Intl.DateTimeFormat("es-MX", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

export class FaultPanel {
  constructor(form) {
    this.form = form;
    this.faults = {};
    this.person = null;
    const list = document.getElementById("fault-list");
    list.append(...COUNTED.map((row) => this.#counted(...row)), ...PLAIN.map((row) => this.#plain(...row)));
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", (event) => this.#changed(event.target));
    document.getElementById("faults-off").addEventListener("click", () => this.#put({}));
    document.getElementById("empty").addEventListener("click", () => this.#try(api.reset));
  }

  #counted(name, text, unit, start, min, step) {
    const row = make("div", "fault");
    const label = this.#plain(name, text, unit);
    label.firstChild.dataset.start = start;
    const number = make("input");
    Object.assign(number, { type: "number", min, max: 1000, step, value: start, name: `${name}_value`, disabled: true });
    number.setAttribute("aria-label", `${text}: ${unit}`);
    row.append(label, number);
    return row;
  }

  #plain(name, text, detail) {
    const label = make("label", "switch");
    const words = make("span", "", text);
    words.append(make("small", "", detail));
    label.append(this.#box(name), words);
    return label;
  }

  #box(name) {
    const box = make("input");
    Object.assign(box, { type: "checkbox", name });
    return box;
  }

  #changed(input) {
    const name = input.name.replace(/_value$/, "");
    const faults = { ...this.faults };
    if (PER_PERSON.includes(name)) {
      const others = (faults[name] || []).filter((phone) => phone !== this.person);
      faults[name] = input.checked ? [...others, this.person] : others;
    } else if (input.type === "number") {
      if (!input.reportValidity()) return;
      faults[name] = Number(input.value);
    } else {
      faults[name] = input.dataset.start ? (input.checked ? Number(input.dataset.start) : 0) : input.checked;
    }
    this.#put(faults);
  }

  #put(faults) {
    // kept at once, so that a second switch right after does not forget the first
    this.faults = faults;
    return this.#try(() => api.setFaults(faults));
  }

  async #try(work) {
    const problem = document.getElementById("faults-problem");
    problem.textContent = "";
    try {
      await work();
    } catch (error) {
      problem.textContent = error.message;
      this.#draw();
    }
  }

  /** The SMS number that the last two switches are about. */
  about(person) {
    this.person = person?.id;
    document.getElementById("fault-person").textContent = person ? person.name : "Este número";
    this.#draw();
  }

  news(snapshot) {
    this.faults = snapshot.faults;
    this.#draw();
    this.#drawAttempts(snapshot.attempts);
  }

  #draw() {
    let on = 0;
    for (const [name] of COUNTED) {
      const value = this.faults[name] || 0;
      this.form.elements[name].checked = value > 0;
      const number = this.form.elements[`${name}_value`];
      number.disabled = !value;
      if (value && document.activeElement !== number) number.value = value;
      on += value > 0;
    }
    for (const [name] of PLAIN) {
      this.form.elements[name].checked = Boolean(this.faults[name]);
      on += Boolean(this.faults[name]);
    }
    for (const name of PER_PERSON) {
      this.form.elements[name].checked = Boolean(this.faults[name]?.includes(this.person));
      on += Boolean(this.faults[name]?.length);
    }
    const badge = document.getElementById("faults-badge");
    badge.hidden = !on;
    badge.textContent = on;
    badge.setAttribute("aria-label", `${on} encendidas`);
  }

  #drawAttempts(attempts) {
    document.getElementById("log-count").textContent = attempts.length;
    if (!attempts.length) return;
    document.getElementById("attempts").replaceChildren(...attempts.toReversed().map((attempt) => {
      const good = attempt.status >= 200 && attempt.status < 300;
      const item = make("li", good ? "good" : "bad");
      const path = URL.canParse(attempt.url) ? new URL(attempt.url).pathname : attempt.url;
      item.append(
        make("b", "", attempt.status ?? "sin conexión"), make("span", "", KIND[attempt.kind]),
        make("time", "", CLOCK.format(new Date(attempt.at))), make("small", "", path),
      );
      return item;
    }));
  }
}
