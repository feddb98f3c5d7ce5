"use strict";
// Signs votes and answers with the reviewer's own Ed25519 key, in the browser: the key is read from a file the reviewer
// picks, used, and forgotten. What is signed is what `factory review` signs: a purpose, and canonical JSON (RFC 8785).

const text = (id) => document.getElementById("t-" + id).textContent;

function canonical(value) {
  if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
  if (value !== null && typeof value === "object")
    return "{" + Object.keys(value).sort().map((k) => JSON.stringify(k) + ":" + canonical(value[k])).join(",") + "}";
  return JSON.stringify(value);
}

function say(form, message, bad) {
  const place = form.querySelector("[role=status]");
  place.textContent = message;
  place.className = bad ? "said bad" : "said";
}

async function keyFrom(file) {
  if (!file) throw new Error(text("no-key"));
  if (!window.crypto || !crypto.subtle) throw new Error(text("no-crypto"));
  const pem = await file.text();
  if (pem.includes("ENCRYPTED")) throw new Error(text("locked-key"));
  const body = pem.match(/-----BEGIN PRIVATE KEY-----([A-Za-z0-9+\/=\s]+)-----END PRIVATE KEY-----/);
  if (!body) throw new Error(text("bad-key"));
  const bytes = Uint8Array.from(atob(body[1].replace(/\s/g, "")), (c) => c.charCodeAt(0));
  try {
    return await crypto.subtle.importKey("pkcs8", bytes, { name: "Ed25519" }, false, ["sign"]);
  } catch {
    throw new Error(text("no-ed25519"));
  }
}

async function signed(key, purpose, payload) {
  const message = new TextEncoder().encode("factory/" + purpose + "/v1\n" + canonical(payload));
  const raw = new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, key, message));
  return { format: 1, payload, signature: btoa(String.fromCharCode(...raw)) };
}

async function post(form, path, value) {
  const answer = await fetch(form.dataset.api + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-csrf-token": form.dataset.csrf },
    body: JSON.stringify(value),
    redirect: "error",
  });
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.error || text("failed"));
  }
}

const now = () => new Date().toISOString().replace(/\.\d+Z$/, "Z");
const reasonOf = (form, name) => (form.elements[name].value || "").trim();

async function vote(form, decision) {
  const accepted = [...form.querySelectorAll("input[name=accept]:checked")].map((box) => box.value);
  const payload = {
    accepted: decision === "approve" ? [...new Set(accepted)].sort() : [],
    at: now(),
    candidate: form.dataset.candidate,
    decision,
    name: form.dataset.name,
    reason: reasonOf(form, "reason"),
  };
  const key = await keyFrom(form.elements.key.files[0]);
  await post(form, "/votes", await signed(key, "vote", payload));
}

async function answers(form) {
  const chosen = [...form.querySelectorAll("fieldset[data-control]")]
    .map((set) => ({ set, picked: set.querySelector("input[type=radio]:checked") }))
    .filter((one) => one.picked);
  if (!chosen.length) throw new Error(text("no-answer"));
  const key = await keyFrom(form.elements.key.files[0]);
  for (const { set, picked } of chosen) {
    const payload = {
      answer: picked.value,
      at: now(),
      candidate: form.dataset.candidate,
      control: set.dataset.control,
      expires: form.elements.expires.value,
      name: form.dataset.name,
      reason: set.querySelector("textarea").value.trim() || reasonOf(form, "reason"),
    };
    await post(form, "/answers", await signed(key, "attestation", payload));
  }
}

document.querySelectorAll("form[data-sign]").forEach((form) => {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "yes";
    form.querySelectorAll("button").forEach((button) => (button.disabled = true));
    say(form, text("signing"), false);
    try {
      if (form.dataset.sign === "vote") await vote(form, event.submitter.value);
      else await answers(form);
      location.assign(form.dataset.after);
    } catch (problem) {
      say(form, problem.message, true);
      form.querySelectorAll("button").forEach((button) => (button.disabled = false));
      delete form.dataset.busy;
    }
  });
});
