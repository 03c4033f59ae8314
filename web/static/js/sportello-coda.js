// The page of the queue: keeps itself up to date, and rings only if somebody wants it to.

import { follow, fragment, tick } from "./sportello-live.js";

const SOUND = "rientro:sportello-suono";
const part = document.getElementById("coda");
const sound = document.getElementById("suono");
const announced = document.getElementById("avviso");

let audio = null;
let pending = false;

const waiting = () => Number(part.querySelector("[data-attesa]")?.dataset.attesa ?? 0);

async function refresh() {
  // A person who has put the focus on a button must not lose it under their fingers.
  if (part.contains(document.activeElement)) {
    pending = true;
    return;
  }
  pending = false;
  let answer;
  try {
    answer = await fetch(part.dataset.parte, { cache: "no-store", headers: { Accept: "text/html", "X-Rientro-Da-Sola": "1" } });
  } catch {
    return;
  }
  if (!answer.ok || answer.redirected) return;
  const before = waiting();
  part.replaceChildren(fragment(await answer.text()));
  tick(part);
  if (waiting() > before) arrived(waiting());
}

function arrived(count) {
  announced.textContent = count === 1 ? "Una persona aspetta." : `${count} persone aspettano.`;
  document.title = `(${count}) ${document.title.replace(/^\(\d+\) /, "")}`;
  ring();
}

function ring() {
  if (sound.getAttribute("aria-pressed") !== "true") return;
  audio ??= new AudioContext();
  const note = audio.createOscillator();
  const volume = audio.createGain();
  note.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
  note.connect(volume).connect(audio.destination);
  note.start();
  note.stop(audio.currentTime + 0.6);
}

function setSound(on) {
  sound.setAttribute("aria-pressed", String(on));
  sound.textContent = on ? "Suono: acceso" : "Suono: spento";
  try {
    localStorage.setItem(SOUND, on ? "1" : "");
  } catch {
    // Remembered at least as long as the page is open.
  }
}

function soundWanted() {
  try {
    return localStorage.getItem(SOUND) === "1";
  } catch {
    return false;
  }
}

sound.hidden = false;
setSound(soundWanted());
sound.addEventListener("click", () => {
  const on = sound.getAttribute("aria-pressed") !== "true";
  setSound(on);
  if (on) ring(); // so that one hears what it will be
});
part.addEventListener("focusout", () => setTimeout(() => pending && refresh(), 0));
setInterval(() => tick(part), 15000);
follow("/sportello/events", "coda", refresh);
