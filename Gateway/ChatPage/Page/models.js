// The model picker and the digest of what is picked.

import { Fault } from "./faults.js";

const picker = document.getElementById("model");
const digest = document.getElementById("digest");
const short = document.getElementById("digest-short");
const status = document.getElementById("status");
const retryMs = 2000;

let models = [];

/** Id of the picked model; empty while there is none. */
export const picked = () => models.find(m => m.id === picker.value)?.id ?? "";

/** Asks which models are served, again and again while there is none. */
export async function refresh() {
  try {
    const response = await fetch("/chat/models", { headers: { "x-zakenak-chat": "1" } });
    if (!response.ok) throw await Fault.of(response);
    models = (await response.json()).data;
  } catch (e) {
    models = [];
    if (e.code === "session_over") {
      show("Session is over");
      return;
    }
  }
  show("No model is ready yet");
  if (models.length === 0) setTimeout(refresh, retryMs);
}

function show(none) {
  const before = picker.value;
  picker.replaceChildren(...(models.length ? models.map(m => new Option(m.id, m.id)) : [new Option(none, "")]));
  picker.disabled = models.length === 0;
  if (models.some(m => m.id === before)) picker.value = before;
  showDigest();
  document.dispatchEvent(new Event("modelchange"));
}

function showDigest() {
  const model = models.find(m => m.id === picker.value);
  digest.hidden = !model;
  if (!model) return;
  digest.dataset.digest = model.zakenak.digest;
  short.textContent = model.zakenak.digest.replace("sha256:", "").slice(0, 10);
}

picker.addEventListener("change", showDigest);
digest.addEventListener("click", async () => {
  await navigator.clipboard.writeText(digest.dataset.digest);
  status.textContent = "Digest copied.";
  const word = digest.querySelector(".word");
  word.textContent = "copied";
  setTimeout(() => (word.textContent = "verified"), 1500);
});
