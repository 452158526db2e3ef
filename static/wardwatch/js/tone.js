/* The technical tone of a lost link: two low, soft notes every five seconds.
 *
 * It sounds nothing like the bursts of an alarm (IEC 60601-1-8), has a button that
 * silences it, and begins anew with the next loss. Browsers let no page sound before
 * somebody has pressed something on it; until then `blocked()` is true.
 */
(() => {
  "use strict";

  const EVERY_MS = 5000;
  const NOTES_HZ = [330, 247];
  let context = null;
  let timer = null;

  function ready() {
    if (!context && "AudioContext" in window) context = new AudioContext();
    return context;
  }

  const blocked = () => ready()?.state !== "running";

  function play(loudness) {
    if (blocked()) return;
    NOTES_HZ.forEach((hertz, index) => {
      const start = context.currentTime + index * 0.35;
      const note = context.createOscillator();
      const volume = context.createGain();
      note.type = "triangle";
      note.frequency.value = hertz;
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(loudness, start + 0.05);
      volume.gain.setValueAtTime(loudness, start + 0.22);
      volume.gain.linearRampToValueAtTime(0, start + 0.3);
      note.connect(volume).connect(context.destination);
      note.start(start);
      note.stop(start + 0.31);
    });
  }

  /** Ask the browser to let this page sound, and say whether it does. */
  async function enable() {
    try {
      await ready()?.resume();
    } catch {
      // No sound device: stays blocked, and the page goes on saying so.
    }
    return !blocked();
  }

  function start() {
    if (timer) return;
    play(0.25);
    timer = setInterval(() => play(0.25), EVERY_MS);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
  }

  window.WardwatchTone = Object.freeze({
    blocked,
    enable,
    sample: () => play(0.12),
    sounding: () => timer !== null,
    start,
    stop,
  });
})();
