// The clerks' desks: saves drafts while one types, shows 110, asks what may be known already, and follows a table
// that is imported. Every page works without this file; nothing here decides anything.
"use strict";

const form = document.getElementById("entry");

if (form) {
  const FIRST_SAVE_AFTER = 300;
  const SAVE_AFTER = 2000;
  const saved = document.getElementById("saved");
  const dangers = form.dataset.danger.split("|").filter(Boolean);
  let timer = 0;
  let wait = FIRST_SAVE_AFTER;
  let sent = false;

  const fields = () => new URLSearchParams(new FormData(form));
  const post = (path) => fetch(path, { method: "POST", body: fields(), credentials: "same-origin" });

  // A page that is loaded again, or come back to in the other language, is the draft and no empty form.
  const becomeDraft = () => {
    const language = document.querySelector("header a[href*='back=']");
    history.replaceState(null, "", form.dataset.autosave);
    language.href = language.href.replace(/back=[^&]*/, "back=" + encodeURIComponent(form.dataset.autosave));
  };

  const save = async () => {
    if (sent) return;
    wait = SAVE_AFTER;
    try {
      const answer = await post(form.dataset.autosave);
      if (answer.status === 204 && !sent) becomeDraft();
      // The line's time, whatever zone the clerk's computer is set to.
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hourCycle: "h23", timeZone: "Asia/Shanghai" });
      saved.textContent = answer.status === 204 ? form.dataset.savedWords + " " + time : form.dataset.lostWords;
    } catch {
      saved.textContent = form.dataset.lostWords;
    }
  };

  // Asked when a clerk pauses, and only about what changed: the same page as the button's, of which the hints
  // alone are shown. What fails says so and stops nothing.
  const HINT_AFTER = 3000;
  const hints = document.getElementById("hints");
  let hinting = 0;
  let asked = "";
  const matter = () => Array.from(form.querySelectorAll("[name=text], [name^='subject.']"), (field) => field.value.trim());

  const hint = async () => {
    const about = matter().join("\n");
    if (sent || about === asked || about.trim().length < 6) return;
    asked = about;
    try {
      const answer = await post(form.dataset.hints);
      if (answer.status !== 200) throw new Error();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      hints.replaceChildren(...page.getElementById("hints").childNodes);
    } catch {
      hints.textContent = form.dataset.awayWords;
    }
  };

  const warn = () => {
    const typed = Array.from(form.elements, (field) => (field.type === "hidden" ? "" : field.value)).join("\n");
    const found = dangers.filter((word) => typed.includes(word));
    document.getElementById("danger").hidden = found.length === 0;
    document.getElementById("danger-words").textContent = found.join("、");
  };

  form.addEventListener("input", () => {
    warn();
    clearTimeout(timer);
    timer = setTimeout(save, wait);
    clearTimeout(hinting);
    hinting = setTimeout(hint, HINT_AFTER);
  });
  form.addEventListener("submit", () => { sent = true; clearTimeout(timer); clearTimeout(hinting); });
  // What was typed last is sent before the page that comes next is asked for: it may be this one again.
  const leave = () => {
    if (timer && !sent) navigator.sendBeacon(form.dataset.autosave, fields());
  };
  window.addEventListener("beforeunload", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
}

// A table under way: the page is asked for again, without flicker, until nothing is under way any more.
const FOLLOW_AFTER = 1000;

const follow = async () => {
  if (!document.querySelector("main progress")) return;
  try {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
  } catch {
    // Asked again below.
  }
  setTimeout(follow, FOLLOW_AFTER);
};

setTimeout(follow, FOLLOW_AFTER);
