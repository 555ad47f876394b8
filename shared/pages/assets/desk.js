// The clerks' desks: saves drafts while one types, and shows 110. Every page works without this file;
// nothing here decides anything.
"use strict";

const form = document.getElementById("entry");

if (form) {
  const SAVE_AFTER = 2000;
  const saved = document.getElementById("saved");
  const dangers = form.dataset.danger.split("|").filter(Boolean);
  let timer = 0;
  let sent = false;

  const fields = () => new URLSearchParams(new FormData(form));
  const post = (path) => fetch(path, { method: "POST", body: fields(), credentials: "same-origin" });

  const save = async () => {
    if (sent) return;
    try {
      const answer = await post(form.dataset.autosave);
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour12: false });
      saved.textContent = answer.status === 204 ? form.dataset.savedWords + " " + time : form.dataset.lostWords;
    } catch {
      saved.textContent = form.dataset.lostWords;
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
    timer = setTimeout(save, SAVE_AFTER);
  });
  form.addEventListener("submit", () => { sent = true; clearTimeout(timer); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer && !sent) {
      navigator.sendBeacon(form.dataset.autosave, fields());
    }
  });
}
