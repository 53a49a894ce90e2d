// One phone: who holds it, what is on the screen, and the keyboard.

import * as api from "./api.js";
import { bubble, make, money, refresh } from "./bubble.js";

const SUGGESTED = [
  "ola kiero saver cuanto cuesta el acta d mi ijo",
  "hay un bache enfrente de mi casa",
  "me sale mucha sangre",
  "quiero inscribirme, tengo 5 meses",
];
const GREETING = {
  twilio_sms: ["Un SMS a la ventanilla", "Escribe como lo harías desde tu teléfono, o prueba con una de estas frases."],
  messenger: ["Un chat con la ventanilla", "Aquí también puedes tocar botones y mandar tu ubicación."],
};
const TYPING_MS = 20000;
const COUNT_AFTER_MS = 60;

export class Handset {
  constructor(root, channel) {
    this.root = root;
    this.channel = channel;
    this.sms = channel === "twilio_sms";
    this.people = [];
    this.messages = new Map();
    this.person = null;
    this.price = 0;
    root.append(document.getElementById("handset").content.cloneNode(true));
    this.find = (selector) => root.querySelector(selector);
    this.text = this.find("textarea");
    this.screen = this.find(".screen");
    this.list = this.find(".messages");
    this.screen.setAttribute("aria-label", this.sms ? "Mensajes SMS" : "Conversación de Messenger");
    [this.find(".empty strong").textContent, this.find(".empty p").textContent] = GREETING[channel];
    this.find(".total").hidden = !this.sms;
    this.find(".counter").hidden = !this.sms;
    this.find('[data-send="file"]').hidden = this.sms;
    this.#listen();
    this.#suggest();
    if (this.sms) this.#count();
  }

  #listen() {
    this.find(".composer").addEventListener("submit", (event) => { event.preventDefault(); this.#write(); });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#write();
    });
    this.text.addEventListener("input", () => this.#typed());
    this.find(".person").addEventListener("change", (event) => this.hold(event.target.value));
    this.find(".add").addEventListener("click", () => this.#try(async () => {
      const person = await api.addPhone(this.channel);
      this.wanted = person.id;
      this.#takeWanted();
    }));
    // a growing keyboard or a change of tab must not hide the last message
    new ResizeObserver(() => this.#toEnd()).observe(this.screen);
    for (const button of this.root.querySelectorAll("[data-send]")) {
      button.addEventListener("click", () => this.#send({ [button.dataset.send]: true }));
    }
  }

  #suggest() {
    const chips = this.find(".chips");
    for (const sentence of SUGGESTED) {
      const chip = make("button", "chip", sentence);
      chip.type = "button";
      chip.addEventListener("click", () => this.#send({ text: sentence }));
      chips.append(chip);
    }
  }

  async #try(work) {
    const problem = this.find(".problem");
    problem.textContent = "";
    try {
      await work();
    } catch (error) {
      problem.textContent = error.message;
    }
  }

  #send(what) {
    return this.#try(() => api.send(this.person, what));
  }

  #write() {
    const text = this.text.value;
    if (!text.trim()) return;
    this.text.value = "";
    this.#typed();
    this.#send({ text });
    this.text.focus();
  }

  #typed() {
    this.text.rows = Math.min(4, Math.max(1, this.text.value.split("\n").length, Math.ceil(this.text.value.length / 34)));
    if (!this.sms) return;
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.#count(), COUNT_AFTER_MS);
  }

  async #count() {
    const text = this.text.value;
    const size = await api.segments(text).catch(() => null);
    if (!size || text !== this.text.value) return;
    const counter = this.find(".counter");
    const room = size.count * size.per_segment;
    const cost = text ? ` · ${money(size.count * this.price)} de ejemplo` : "";
    counter.replaceChildren(
      make("span", "", `${size.units} de ${room} · ${size.count} ${size.count === 1 ? "segmento" : "segmentos"}`),
      make("span", "", size.encoding + cost),
    );
    counter.classList.toggle("dear", size.encoding !== "GSM-7" || size.count > 1);
    const culprits = size.outside.map((character) => `«${character}»`).join(" ");
    this.find(".why").textContent = culprits ? `Por ${culprits} caben 70 por segmento en vez de 160.` : "";
  }

  /** Take in a snapshot; `anew` forgets what was drawn before. */
  news(snapshot, anew) {
    this.price = snapshot.price;
    if (anew) this.messages.clear();
    this.people = snapshot.people.filter((person) => person.channel === this.channel);
    for (const message of snapshot.messages) {
      if (message.channel === this.channel) this.messages.set(message.sid, message);
    }
    this.#drawPeople();
    if (anew || !this.people.some((person) => person.id === this.person)) this.hold(this.people[0]?.id);
    else this.#draw(snapshot.messages);
    this.#takeWanted();
  }

  #takeWanted() {
    if (!this.wanted || !this.people.some((person) => person.id === this.wanted)) return;
    const wanted = this.wanted;
    this.wanted = null;
    this.hold(wanted);
    this.text.focus();
  }

  #drawPeople() {
    const select = this.find(".person");
    const options = this.people.map((person) => new Option(person.name, person.id, false, person.id === this.person));
    const same = select.options.length === options.length && options.every((o, i) => o.value === select.options[i].value);
    if (!same) select.replaceChildren(...options);
  }

  /** Give the phone to another person. */
  hold(id) {
    this.person = id;
    this.list.replaceChildren();
    this.find(".person").value = id;
    const person = this.people.find((one) => one.id === id);
    this.find(".number").textContent = person ? `${person.shown} · ficticio` : "";
    this.find(".avatar").textContent = person ? person.name.replace(/\D/g, "").slice(-2) || person.name[0] : "";
    this.#draw([...this.messages.values()]);
    this.root.dispatchEvent(new CustomEvent("person", { bubbles: true, detail: id }));
  }

  #draw(changed) {
    for (const message of changed) {
      if (message.phone === this.person && visible(message)) this.#place(message);
    }
    const mine = this.#mine();
    this.root.classList.toggle("fresh", mine.length === 0);
    this.#drawTyping();
    this.#drawQuick(mine.at(-1));
    if (this.sms) this.#drawTotal();
    if (changed.some((message) => message.phone === this.person)) this.#toEnd();
    this.readIfSeen();
  }

  #place(message) {
    const old = this.list.querySelector(`[data-sid="${CSS.escape(message.sid)}"]`);
    if (old) {
      refresh(old, message);
      return;
    }
    const item = bubble(message, (value) => this.#send({ tap: value }));
    const after = [...this.list.children].find((other) => this.messages.get(other.dataset.sid).created_at > message.created_at);
    this.list.insertBefore(item, after || null);
  }

  #mine() {
    return [...this.messages.values()]
      .filter((message) => message.phone === this.person && visible(message))
      .sort((a, b) => a.created_at.localeCompare(b.created_at));
  }

  #drawTyping() {
    const typing = Boolean(this.people.find((person) => person.id === this.person)?.typing);
    this.find(".typing").hidden = !typing;
    clearTimeout(this.stopTyping);
    if (typing) {
      this.stopTyping = setTimeout(() => { this.find(".typing").hidden = true; }, TYPING_MS);
      this.#toEnd();
    }
  }

  #toEnd() {
    this.screen.scrollTop = this.screen.scrollHeight;
  }

  #drawQuick(last) {
    const options = last?.direction === "to_phone" ? last.options.filter((option) => option.kind === "quick_reply") : [];
    this.find(".quick").replaceChildren(...options.map((option) => {
      const button = make("button", "", option.title);
      button.type = "button";
      button.addEventListener("click", () => {
        this.find(".quick").replaceChildren();
        this.#send({ tap: option.value });
        this.text.focus();
      });
      return button;
    }));
  }

  #drawTotal() {
    const mine = this.#mine().filter((message) => message.status !== "failed");
    const count = mine.reduce((sum, message) => sum + message.segments, 0);
    const cost = mine.reduce((sum, message) => sum + message.cost, 0);
    this.find(".total").textContent = `Total: ${count} ${count === 1 ? "segmento" : "segmentos"}, ${money(cost)} (precio de ejemplo)`;
  }

  /** Messenger tells the desk what was read, so only what is on a screen counts. */
  readIfSeen() {
    if (this.sms || document.hidden || !this.root.offsetParent) return;
    if (this.#mine().some((message) => message.direction === "to_phone" && message.status === "delivered")) {
      api.markRead(this.person).catch(() => {});
    }
  }
}

const visible = (message) => message.direction === "from_phone" || !["accepted", "queued", "sending", "sent"].includes(message.status);
