// What a reply will cost by SMS, and Ctrl + Enter.
const PAUSE = 250;

export function helpReply(csrf) {
  let waiting = 0;

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "texto" && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });

  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-measure]");
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => measure(form, event.target.value), PAUSE);
  });

  tellWritten(document.querySelector("[data-measure] textarea")); // words written before this file arrived

  async function measure(form, texto) {
    const told = form.querySelector("#cost");
    const body = new URLSearchParams({ csrf, texto });
    const answer = await fetch(form.dataset.measure, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || form.texto.value !== texto) return;
    told.textContent = words(await answer.json());
  }
}

// a text that is there without having been typed here is measured as if it had been
export function tellWritten(area) {
  if (area?.value) area.dispatchEvent(new Event("input", { bubbles: true }));
}

function words({ characters, segments, encoding, changed }) {
  if (!characters) return "Ctrl + Enter envía.";
  const parts = [`${characters} caracteres`, segments === 1 ? "1 segmento" : `${segments} segmentos`];
  if (encoding !== "GSM-7") parts.push("caben menos por sus signos");
  if (changed.length) parts.push(`por SMS cambian: ${changed.join(" ")}`);
  return parts.join(" · ");
}
