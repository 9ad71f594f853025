// Talks to the stand-in: what a person does goes out, LINE's record comes in live.

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body ? { "content-type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export const loadState = () => call("GET", "/simulator/state");
export const loadMenu = (person) => call("GET", `/simulator/menu/${encodeURIComponent(person)}`);
// With its name: a page shows a picture it has from this address already without asking again.
export const menuImage = (person, name) =>
  `/simulator/menu/${encodeURIComponent(person)}/image?name=${encodeURIComponent(name)}`;
export const sendText = (user, text) => call("POST", "/simulator/say", { user, text });
export const sendTap = (user, data, displayText) =>
  call("POST", "/simulator/tap", { user, data, displayText });
export const follow = (user) => call("POST", "/simulator/follow", { user });
export const unfollow = (user) => call("POST", "/simulator/unfollow", { user });
export const setLanguage = (user, language) =>
  call("POST", "/simulator/profile", { user, language });
export const armFault = (fault, calls, count) =>
  call("POST", "/simulator/faults", { fault, calls, count });
export const clearFaults = () => call("DELETE", "/simulator/faults");

// The browser reconnects by itself and says where it left off; `reset` means: start afresh.
export function openStream({ entry, reset, online }) {
  const source = new EventSource("/simulator/stream");
  source.addEventListener("reset", reset);
  source.onmessage = (event) => entry(JSON.parse(event.data));
  source.onopen = () => online(true);
  source.onerror = () => online(false);
}
