// The chat page: keeps transcript, outbox and server in step.

import * as api from "./api.js";
import { Composer } from "./composer.js";
import { block, h } from "./dom.js";
import { Outbox } from "./outbox.js";
import { Transcript, announcement } from "./transcript.js";

const words = block("words").chat;
const config = block("config");
const $ = (id) => document.getElementById(id);

const ANNOUNCED_MS = 1000;
const TYPING_AFTER_MS = 300;
const RETRY_MS = [2000, 5000, 10000, 20000];

let session = null;
let outbox = null;
let mode = "bot";
let busy = false;
let stale = false;
let tries = 0;
let retryTimer = null;
let stopFollowing = null;

const transcript = new Transcript($("transcript"), (button, title, payload) => {
  button.setAttribute("aria-pressed", "true");
  if (payload === "/riprova") say({ payload }, null);
  else say({ payload }, title);
});
const composer = new Composer($("composer"), (text) => say({ text }, text));

// --- what the person sees and hears -------------------------------------------------------------------------------

function announce(text) {
  if (!text) return;
  const line = h("div", {}, text);
  $("live").append(line);
  setTimeout(() => line.remove(), ANNOUNCED_MS);
}

function notice(text, retry = null) {
  $("notice").replaceChildren(
    ...[
      text && h("p", {}, text),
      retry && h("p", {}, h("button", { type: "button", class: "btn btn-outline-primary btn-sm", onclick: retry }, words.retry)),
    ].filter(Boolean),
  );
}

const nearEnd = () => window.innerHeight + window.scrollY > document.querySelector(".chat").getBoundingClientRect().bottom + window.scrollY - 160;

function reveal(first, last, wasNearEnd) {
  if (!first) return;
  if (!wasNearEnd) {
    $("to-latest").hidden = false;
    return;
  }
  const room = window.innerHeight - $("composer").offsetHeight - 64;
  const height = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
  // The beginning of a long answer matters more than its end.
  if (height > room) first.scrollIntoView({ block: "start" });
  else last.scrollIntoView({ block: "end" });
}

function show(messages) {
  const wasNearEnd = nearEnd();
  let first = null;
  let last = null;
  for (const message of messages) {
    if (transcript.has(message.id)) continue;
    last = transcript.append(message);
    first ??= last;
    announce(announcement(message));
  }
  reveal(first, last, wasNearEnd);
}

function redraw(messages) {
  transcript.clear();
  for (const message of messages) transcript.append(message);
}

let typingTimer = null;
function typing(on) {
  clearTimeout(typingTimer);
  if (on && mode === "bot") {
    typingTimer = setTimeout(() => {
      $("typing-words").textContent = `${words.typing}…`;
      $("typing").hidden = false;
    }, TYPING_AFTER_MS);
  } else $("typing").hidden = true;
}

function apply(state) {
  if (!state) return;
  if (state.mode !== mode) {
    mode = state.mode;
    notice(mode === "person" ? words.person_mode : words.bot_mode);
  }
}

// --- sending ------------------------------------------------------------------------------------------------------

function say(body, shown) {
  if (!outbox) return;
  const item = outbox.add(body, shown);
  provisional(item);
  pump();
}

function provisional(item) {
  if (!item.shown) return;
  const element = transcript.append({ id: item.key, author: "persona", text: item.shown, waiting: true });
  element.scrollIntoView({ block: "end" });
}

async function pump() {
  if (busy || !outbox?.first) return;
  busy = true;
  clearTimeout(retryTimer);
  typing(true);
  while (outbox.first) {
    const item = outbox.first;
    try {
      const answer = await api.send(session, item.body, item.key);
      outbox.done(item);
      tries = 0;
      notice(null);
      transcript.confirm(item.key, answer.turn);
      typing(false);
      show(answer.messages);
      apply(answer.state);
      if (answer.state.erased) {
        await ended();
        break;
      }
    } catch (failure) {
      typing(false);
      if (!(await recover(failure, item))) break;
    }
  }
  busy = false;
  typing(false);
  if (stale) sync();
}

/** After a failure: true when the next message may be tried at once. */
async function recover(failure, item) {
  if (failure instanceof api.Unreachable || failure.status >= 500 || failure.status === 408) {
    notice(navigator.onLine ? (failure.problem?.detail ?? words.unreachable) : words.offline, () => pump());
    announce(navigator.onLine ? words.unreachable : words.offline);
    retryTimer = setTimeout(pump, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
    tries += 1;
    return false;
  }
  if (failure.status === 429) {
    notice(failure.problem?.detail, () => pump());
    retryTimer = setTimeout(pump, (failure.retryAfter ?? 10) * 1000);
    return false;
  }
  outbox.done(item);
  transcript.remove(item.key);
  if (item.body.text) composer.restore(item.body.text);
  if (failure.status === 404 || failure.status === 401) {
    await start(words.gone);
    return false;
  }
  composer.say(failure.problem?.detail ?? words.unreachable);
  announce(failure.problem?.detail ?? words.unreachable);
  return true;
}

// --- keeping in step ----------------------------------------------------------------------------------------------

async function sync() {
  if (!session) return;
  if (busy || outbox.first) {
    stale = true;
    return;
  }
  stale = false;
  let conversation;
  try {
    conversation = await api.read(session);
  } catch (failure) {
    if (failure instanceof api.Refused && [401, 404].includes(failure.status)) await start(words.gone);
    return;
  }
  if (busy) return;
  const known = transcript.ids;
  const ids = conversation.messages.map((message) => message.id);
  if (known.every((id, index) => ids[index] === id)) show(conversation.messages);
  else redraw(conversation.messages);
  apply(conversation.state);
}

function watch() {
  stopFollowing?.();
  stopFollowing = null;
  // Hidden tabs let go of their connection: browsers allow few of them for each site.
  if (session && document.visibilityState === "visible") stopFollowing = api.follow(session, sync, gone);
}

async function gone() {
  if (busy) return;
  await start(words.gone);
}

function adopt(id) {
  session = id;
  outbox = new Outbox(id);
  $("export").href = api.exportAddress(id);
  $("export-read").href = `${api.exportAddress(id)}.html`;
  watch();
}

/** Tabs of one browser share one conversation: only one of them at a time may begin it. */
function alone(action) {
  return navigator.locks ? navigator.locks.request(`rientro:start:${config.role}`, action) : action();
}

/** Begin anew; `why` tells the person what happened to the old conversation. */
async function start(why = null) {
  stopFollowing?.();
  const old = session;
  session = null;
  try {
    const opened = await alone(async () => {
      const current = await api.current(config.role);
      return current && current !== old ? { current } : api.open(config.role);
    });
    if (opened.current) {
      await resume(opened.current);
      notice(why);
      return;
    }
    redraw([]);
    adopt(opened.session);
    notice(why);
    mode = opened.state.mode;
    show(opened.messages);
  } catch (failure) {
    notice(failure.problem?.detail ?? (navigator.onLine ? words.unreachable : words.offline), () => start(why));
  }
}

async function resume(id) {
  try {
    const conversation = await api.read(id);
    adopt(id);
    mode = conversation.state.mode;
    redraw(conversation.messages);
    if (mode === "person") notice(words.person_mode);
    for (const item of outbox.items) provisional(item);
    transcript.list.lastElementChild?.scrollIntoView({ block: "nearest" });
    pump();
  } catch (failure) {
    if (failure instanceof api.Refused && failure.status < 500) await start(words.gone);
    else notice(navigator.onLine ? words.unreachable : words.offline, () => resume(id));
  }
}

/** The conversation was erased from within the chat. */
async function ended() {
  stopFollowing?.();
  session = null;
  notice(words.deleted, () => location.reload());
}

// --- the rest of the page -----------------------------------------------------------------------------------------

$("ask-person").addEventListener("click", (event) => say({ payload: "/ask_human" }, event.currentTarget.textContent));
$("to-latest").addEventListener("click", () => {
  transcript.list.lastElementChild?.scrollIntoView({ block: "end" });
  $("to-latest").hidden = true;
});
window.addEventListener("scroll", () => nearEnd() && ($("to-latest").hidden = true), { passive: true });
$("delete").addEventListener("click", () => $("delete-dialog").showModal());
$("delete-no").addEventListener("click", () => $("delete-dialog").close());
$("delete-yes").addEventListener("click", async () => {
  $("delete-dialog").close();
  try {
    if (session) await api.erase(session);
    await start(words.deleted);
  } catch (failure) {
    if (failure instanceof api.Refused && failure.status === 404) await start(words.deleted);
    else notice(failure.problem?.detail ?? words.unreachable);
  }
});
window.addEventListener("offline", () => notice(words.offline));
window.addEventListener("online", () => {
  notice(words.resent);
  pump();
  sync();
});
document.addEventListener("visibilitychange", () => {
  watch();
  if (document.visibilityState === "visible") sync();
});
window.addEventListener("pageshow", (event) => event.persisted && sync());

function curtained() {
  try {
    const drawn = localStorage.getItem("rientro:curtain");
    localStorage.removeItem("rientro:curtain");
    return Boolean(drawn && config.session);
  } catch {
    return false;
  }
}

async function begin() {
  $("composer").hidden = false;
  if (curtained()) {
    $("curtain").hidden = false;
    $("transcript").hidden = true;
    await new Promise((resolve) => $("curtain-open").addEventListener("click", resolve, { once: true }));
    $("curtain").hidden = true;
    $("transcript").hidden = false;
  }
  if (config.session) await resume(config.session);
  else await start();
}

begin();
