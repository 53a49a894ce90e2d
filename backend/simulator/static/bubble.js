// One message on the screen.

const TIME = new Intl.DateTimeFormat("es-MX", { hour: "2-digit", minute: "2-digit", hour12: false });
const FATE = {
  sent: "Enviando…", delivered: "Entregado", failed: "La ventanilla no lo recibió",
};
const WHY = { 21610: "se dio de baja", 30003: "sin señal" };
const SAFE_LINK = /^https?:\/\//;

export const money = (amount) => `$${amount.toFixed(2)}`;

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** A list item for `message`; `onTap(value)` for its buttons. */
export function bubble(message, onTap) {
  const mine = message.direction === "from_phone";
  const item = make("li", `message ${mine ? "mine" : "theirs"}`);
  item.dataset.sid = message.sid;
  const box = make("div", "bubble");
  box.append(make("span", "sr", mine ? "Tú: " : "Ventanilla: "));
  if (message.text) box.append(words(message.text));
  for (const attachment of message.attachments) box.append(media(attachment));
  if (message.location) box.append(place(message.location));
  item.append(box);
  const buttons = message.options.filter((option) => option.kind !== "quick_reply");
  if (buttons.length) item.append(buttonRow(buttons, onTap));
  item.append(make("p", "meta"));
  refresh(item, message);
  return item;
}

/** Only the state of a message changes: nothing else is touched, so that it is not read aloud again. */
export function refresh(item, message) {
  item.classList.toggle("failed", message.status === "failed" || message.status === "undelivered");
  item.querySelector(".meta").textContent = meta(message, message.direction === "from_phone");
}

function words(text) {
  const paragraph = make("p", "text");
  for (const part of text.split(/(https?:\/\/[^\s]+[^\s.,;:!?)])/)) {
    paragraph.append(SAFE_LINK.test(part) ? link(part, part) : part);
  }
  return paragraph;
}

function link(url, text) {
  const anchor = make("a", "", text);
  anchor.href = url;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

function media(attachment) {
  const local = URL.canParse(attachment.url) && new URL(attachment.url).pathname.startsWith("/simulator/static/");
  const source = local ? new URL(attachment.url).pathname : attachment.url;
  if (local && attachment.kind === "image") {
    const image = make("img", "photo");
    image.src = source;
    image.alt = "Foto de ejemplo";
    // room is kept before it is loaded, so that the last message stays in sight
    Object.assign(image, { width: 320, height: 220 });
    return image;
  }
  if (local && attachment.kind === "audio") {
    const audio = make("audio", "voice");
    audio.controls = true;
    audio.preload = "none";
    audio.src = source;
    audio.setAttribute("aria-label", "Nota de voz de ejemplo");
    return audio;
  }
  const name = source.split(/[?#]/)[0].split("/").pop() || "documento";
  const card = make("p", "document");
  card.append(SAFE_LINK.test(attachment.url) ? link(attachment.url, name) : name);
  return card;
}

function place([latitude, longitude]) {
  const card = make("div", "place");
  card.append(make("span", "map"), make("span", "", `Ubicación: ${latitude.toFixed(4)}, ${longitude.toFixed(4)}`));
  return card;
}

function buttonRow(options, onTap) {
  const row = make("div", "buttons");
  for (const option of options) {
    if (option.kind === "web_url") {
      row.append(SAFE_LINK.test(option.value) ? link(option.value, option.title) : make("span", "", option.title));
      continue;
    }
    const button = make("button", "", option.title);
    button.type = "button";
    button.addEventListener("click", () => onTap(option.value));
    row.append(button);
  }
  return row;
}

function meta(message, mine) {
  const parts = [TIME.format(new Date(message.created_at))];
  if (message.segments) {
    parts.push(`${message.segments} ${message.segments === 1 ? "segmento" : "segmentos"}`, message.encoding, `${money(message.cost)} (ej.)`);
  }
  if (mine) parts.push(FATE[message.status] || message.status);
  else if (message.error_code) parts.push(`No llegó: ${WHY[message.error_code] || "error"} (${message.error_code})`);
  return parts.join(" · ");
}
