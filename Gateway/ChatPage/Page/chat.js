// The conversation. Nothing is stored: it lives as long as the page.

import { dataOf } from "./events.js";
import { Fault } from "./faults.js";
import { show } from "./markup.js";
import { picked, refresh } from "./models.js";

const get = id => document.getElementById(id);
const [conversation, empty, composer, prompt, send, stop, scroll, status] =
  ["conversation", "empty", "composer", "prompt", "send", "stop", "scroll", "status"].map(get);

/** Turns as the API takes them: { role, content }. */
let turns = [];
/** Ends the answer that is being written; null when none is. */
let running = null;

/** An answer cut off before this many tokens had no room: then older turns make some. */
const roomTokens = 48;

function element(name, className, testId, text = "") {
  const made = document.createElement(name);
  made.className = className;
  if (testId) made.dataset.testid = testId;
  made.textContent = text;
  return made;
}

function addMessage(role, text) {
  const message = element("article", `message ${role}`, `message-${role}`);
  message.setAttribute("aria-label", role === "user" ? "You" : "Answer");
  const body = element("div", "text", `text-${role}`);
  show(body, text);
  message.append(body);
  conversation.append(message);
  empty.hidden = true;
  scroll.scrollTop = scroll.scrollHeight;
  return { message, body };
}

function request(messages, signal) {
  return fetch("/chat/completions", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", "x-zakenak-chat": "1" },
    body: JSON.stringify({ model: picked(), messages, stream: true, stream_options: { include_usage: true } }),
  });
}

/**
 * Asks for an answer to the turns so far; yields events in OpenAI's shape. What the model can't read any more is left out
 * from the oldest turn on, for good.
 */
async function* complete(asked, signal) {
  let response = await request(asked, signal);
  while (!response.ok) {
    const fault = await Fault.of(response);
    if (fault.code !== "context_length_exceeded" || asked.length < 3) throw fault;
    asked.splice(0, 2);
    response = await request(asked, signal);
  }
  for await (const data of dataOf(response)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new Fault(chunk.error);
    yield chunk;
  }
  throw new Fault({ code: "backend_lost" });
}

async function answer() {
  const { message, body } = addMessage("assistant", "");
  message.setAttribute("aria-busy", "true");
  const asked = turns, turnsBefore = turns.length;
  running = new AbortController();
  showState("An answer is being written.");
  const began = performance.now();
  let first = 0, tokens = 0, text = "", drawn = true, note = "", finish;

  const draw = () => {
    drawn = true;
    const follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
    show(body, text);
    if (follow) scroll.scrollTop = scroll.scrollHeight;
  };

  try {
    do {
      if (finish) asked.splice(0, 2);
      text = "";
      for await (const chunk of complete(asked, running.signal)) {
        tokens = chunk.usage?.completion_tokens ?? tokens;
        finish = chunk.choices?.[0]?.finish_reason ?? finish;
        const content = chunk.choices?.[0]?.delta?.content;
        if (!content) continue;
        first ||= performance.now();
        text += content;
        // At most one drawing for each frame; several tokens may share it.
        if (drawn) requestAnimationFrame(draw);
        drawn = false;
      }
    } while (finish === "length" && tokens < roomTokens && asked.length > 2);
    note = "The answer is complete.";
  } catch (e) {
    if (running.signal.aborted) {
      note = "Stopped.";
    } else {
      const fault = Fault.from(e);
      note = fault.message;
      showFault(message, fault);
      if (["model_unavailable", "model_not_found", "backend_lost"].includes(fault.code)) refresh();
    }
  }

  const ended = performance.now();
  const failed = message.querySelector(".fault");
  running = null;
  draw();
  message.removeAttribute("aria-busy");
  if (!failed) {
    if (text) asked.push({ role: "assistant", content: text });
    else message.remove();
    if (first) showStats(message, { first: first - began, writing: ended - first, tokens, notes: [
      asked.length <= turnsBefore && "earlier messages left out, the model can't read more",
      note === "Stopped." && "stopped",
      finish === "length" && "cut off at the longest answer",
    ] });
  }
  showState(note);
  if (document.activeElement === document.body || document.activeElement === stop) prompt.focus();
}

function showStats(message, { first, writing, tokens, notes }) {
  const parts = notes.filter(Boolean);
  parts.push(`first token after ${Math.round(first)} ms`);
  // The first token's time is not part of the writing.
  if (tokens > 1 && writing > 0) parts.push(`${tokens} tokens`, `${((tokens - 1) / (writing / 1000)).toFixed(1)} tokens/s`);
  message.append(element("p", "stats", "answer-stats", parts.join(" · ")));
}

function showFault(message, fault) {
  const box = element("div", "fault", "error");
  box.setAttribute("role", "alert");
  box.append(element("p", "", "error-text", fault.message));
  if (!["session_over", "context_length_exceeded"].includes(fault.code)) {
    const retry = element("button", "", "retry", "Try again");
    retry.type = "button";
    retry.addEventListener("click", () => {
      if (running) return;
      message.remove();
      prompt.focus();
      answer();
    });
    box.append(retry);
  }
  message.append(box);
  scroll.scrollTop = scroll.scrollHeight;
}

function showState(text) {
  status.textContent = text;
  send.hidden = running !== null;
  stop.hidden = running === null;
  send.disabled = prompt.value.trim() === "" || picked() === "";
}

function ask(text) {
  if (running || !text.trim() || !picked()) return;
  // A question whose answer failed is asked no more when another follows.
  if (turns.at(-1)?.role === "user") turns.pop();
  turns.push({ role: "user", content: text });
  addMessage("user", text);
  prompt.value = "";
  answer();
}

composer.addEventListener("submit", e => {
  e.preventDefault();
  ask(prompt.value);
});
prompt.addEventListener("input", () => showState(""));
if (!CSS.supports("field-sizing", "content")) {
  prompt.addEventListener("input", () => {
    prompt.style.height = "auto";
    prompt.style.height = `${prompt.scrollHeight}px`;
  });
}
prompt.addEventListener("keydown", e => {
  // Enter also confirms the choices of an input method; that is not sending.
  if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
  e.preventDefault();
  ask(prompt.value);
});
stop.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", e => {
  if (e.key === "Escape") running?.abort();
});
get("new-chat").addEventListener("click", () => {
  running?.abort();
  turns = [];
  conversation.replaceChildren();
  empty.hidden = false;
  prompt.value = "";
  showState("A new chat.");
  prompt.focus();
});
empty.addEventListener("click", e => {
  if (e.target instanceof HTMLButtonElement) ask(e.target.textContent);
});
document.addEventListener("modelchange", () => showState(""));

await refresh();
prompt.focus();
