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

  async function measure(form, texto) {
    const told = form.querySelector("#cost");
    const body = new URLSearchParams({ csrf, texto });
    const answer = await fetch(form.dataset.measure, { method: "POST", body }).catch(() => null);
    if (!answer?.ok || form.texto.value !== texto) return;
    told.textContent = words(await answer.json());
  }
}

function words({ characters, segments, encoding, changed }) {
  if (!characters) return "Ctrl + Enter envía.";
  const parts = [`${characters} caracteres`, segments === 1 ? "1 segmento" : `${segments} segmentos`];
  if (encoding !== "GSM-7") parts.push("caben menos por sus signos");
  if (changed.length) parts.push(`por SMS cambian: ${changed.join(" ")}`);
  return parts.join(" · ");
}
