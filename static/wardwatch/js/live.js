/* Keeps a board or a patient's page live, and honest when it is not.
 *
 * The server sends HTML fragments, swapped by htmx out of band, and every second a
 * beat: {"beat": its clock in ms, "watch_late": …, "layer": "ok"|"degraded"}. This
 * script tries for ever to hold a socket, ages every number by the server's clock,
 * and says in words what is lost. The rules of ageing are those of states.py.
 */
(() => {
  "use strict";

  const page = document.querySelector("[data-live]");
  if (!page) return;

  const LOST_AFTER_MS = 3500; // beats come every second; said within 5 s of the loss
  const LONGEST_WAIT_MS = 5000;
  const OPENING_MS = 4000;
  const CLOSED_BY_RULE = 4403;

  const bar = page.querySelector(".link");
  const part = (name) => page.querySelector(`[data-link-${name}]`);
  const [words, clock, note, alert] = ["words", "clock", "note", "alert"].map(part);
  const soundButton = page.querySelector("[data-sound]");
  const silenceButton = page.querySelector("[data-silence]");
  const tone = window.WardwatchTone;
  const clockFormat = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: page.dataset.timeZone,
  });

  const WORDS = {
    waiting: "Connecting…",
    live: "Live",
    lost: "Server lost. Nothing below is live: look at the bedside monitors.",
    offline: "This computer’s connection is lost. Nothing below is live: look at the bedside monitors.",
  };

  // -- the server's clock ----------------------------------------------------------

  // Two local clocks, because one stops while the computer sleeps and the other
  // jumps when it is set: whichever went further says how old things may be.
  const local = () => ({ steady: performance.now(), wall: Date.now() });
  const since = (then) => Math.max(performance.now() - then.steady, Date.now() - then.wall);

  // The quickest of the last beats tells the server's clock best: none can come early.
  let beats = [{ server: Number(page.dataset.now), here: local() }];
  const serverNow = () => Math.max(...beats.map((beat) => beat.server + since(beat.here)));

  let lastBeat = null; // when the last timely one came
  function takeBeat(message) {
    const isLate = beats.length > 1 && serverNow() - message.beat > LOST_AFTER_MS;
    beats = [...beats.slice(-29), { server: message.beat, here: local() }];
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ seen: message.beat }));
    if (isLate) return; // held up on the way: proves nothing about now
    lastBeat = local();
    clock.textContent = clockFormat.format(message.beat);
    const notes = [];
    if (message.watch_late) notes.push("Supervision is late: silent devices may go unnoticed.");
    if (message.layer !== "ok") notes.push("Live link degraded; refreshed every 2 s.");
    if (note.textContent !== notes.join(" ")) note.textContent = notes.join(" ");
    show("live");
  }

  // -- what the page says of itself ---------------------------------------------------

  let link = null;
  const isLost = () => link === "lost" || link === "offline";
  function show(state) {
    if (link === state) return;
    const wasLost = isLost();
    link = state;
    bar.dataset.link = page.dataset.link = state;
    words.textContent = WORDS[state];
    alert.textContent = isLost() ? WORDS[state] : "";
    if (isLost()) {
      note.textContent = "Trying again.";
      if (!wasLost) tone.start();
    } else {
      tone.stop();
      if (wasLost) window.Wardwatch?.announce("Live again.");
    }
    showSound();
    age();
  }

  function showSound() {
    soundButton.hidden = !tone.blocked();
    // A tone the browser holds back is not heard: one button at a time.
    silenceButton.hidden = tone.blocked() || !tone.sounding();
  }

  function lose() {
    show(navigator.onLine ? "lost" : "offline");
  }

  // -- the socket ---------------------------------------------------------------------

  let socket = null;
  let tries = 0;
  let opened = null;
  let retry = null;
  let dueAt = 0;
  let closedByRule = false;

  function connect() {
    clearTimeout(retry);
    retry = null;
    drop();
    opened = local();
    const mine = new WebSocket(new URL(page.dataset.socket, location.href.replace(/^http/, "ws")));
    socket = mine;
    mine.addEventListener("message", (event) => {
      if (socket !== mine) return;
      if (event.data.startsWith("{")) {
        tries = 0;
        takeBeat(JSON.parse(event.data));
      } else {
        window.htmx.swap(page, event.data, { swapStyle: "none", swapDelay: 0, settleDelay: 0, ignoreTitle: true });
        age();
      }
    });
    mine.addEventListener("close", (event) => {
      if (socket !== mine) return;
      socket = null;
      if (event.code === CLOSED_BY_RULE) return end();
      // The first new try is made at once and decides; a failed one is a loss.
      if (tries > 0) lose();
      again();
    });
  }

  function drop() {
    const old = socket;
    socket = null;
    old?.close();
  }

  function again() {
    if (retry) return;
    const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** tries) * (0.5 + Math.random() / 2);
    tries += 1;
    opened = null;
    dueAt = performance.now() + wait;
    retry = setTimeout(connect, wait);
  }

  function end() {
    closedByRule = true;
    tone.stop();
    document.title = "Closed · Wardwatch";
    // The server has replaced the page's content; make sure of it.
    if (page.isConnected) page.textContent = "This screen is closed. Sign in again to see it.";
  }

  // -- ageing -------------------------------------------------------------------------

  function ageText(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86400)} days`;
  }

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  function ageNumber(number, now) {
    const age = now - Number(number.dataset.at);
    const state = number.dataset.state;
    if (age > Number(number.dataset.blank)) {
      if (state !== "none") number.dataset.state = "none";
      write(number, "--");
    } else if (state === "live" || state === "stale") {
      // Both ways: what was struck out while the link was lost may be live after all.
      const isOld = age > Number(number.dataset.stale) || isLost();
      number.dataset.state = isOld ? "stale" : "live";
    }
    return age;
  }

  function ageBed(bed, now) {
    for (const cell of bed.querySelectorAll(".vital")) {
      const ages = [...cell.querySelectorAll("[data-at]")].map((number) => ageNumber(number, now));
      if (!ages.length) continue;
      // A sensor that was off is not known to be off for ever.
      if ("off" in cell.dataset && !cell.querySelector("[data-state=off]")) delete cell.dataset.off;
      if (!("off" in cell.dataset)) write(cell.querySelector(".age"), ageText(Math.max(...ages)));
      if (!cell.querySelector("[data-state=live]")) cell.querySelector(".trend").replaceChildren();
    }
    if (!bed.dataset.heard) return;
    const quiet = now - Number(bed.dataset.heard);
    if (quiet > Number(bed.dataset.silentAfter)) {
      bed.dataset.signal = "silent";
      write(bed.querySelector(".signal-words"), `${bed.dataset.silentWords} ${ageText(quiet)}`);
    }
  }

  function age() {
    const now = serverNow();
    for (const bed of page.querySelectorAll(".live")) ageBed(bed, now);
  }

  // -- the clock of this page -----------------------------------------------------------

  function tick() {
    if (closedByRule) return;
    if (lastBeat && since(lastBeat) > LOST_AFTER_MS) lose();
    if (!lastBeat && since(beats[0].here) > LOST_AFTER_MS) lose();
    const silent = link !== "live" && opened && since(opened) > OPENING_MS;
    if (silent) {
      // Neither open nor closed, or open and mute: this one comes to nothing.
      drop();
      again();
    }
    if (retry && performance.now() > dueAt) connect(); // the page's timer sleeps
    age();
    showSound();
  }

  function wake() {
    if (closedByRule) return;
    tick();
    if (link !== "live") connect();
  }

  new Worker(page.dataset.ticker).addEventListener("message", tick);
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  window.addEventListener("pageshow", (event) => event.persisted && wake());
  window.addEventListener("online", wake);
  window.addEventListener("offline", () => {
    lastBeat = null;
    drop();
    show("offline");
    again();
  });
  for (const press of ["pointerdown", "keydown"]) {
    document.addEventListener(press, () => tone.blocked() && tone.enable().then(showSound));
  }
  soundButton.addEventListener("click", async () => {
    if (await tone.enable()) tone.sample();
    showSound();
  });
  silenceButton.addEventListener("click", () => {
    tone.stop();
    showSound();
  });

  show("waiting");
  connect();
})();
