// A person in a chat, for the tests to drive, in Node and in a page.

/** Follow a ticket; the result says messages and reports what has been shown. */
export function enter(connect, io, { url, token, ticket, staff, transports }) {
  const shown = [];
  const refused = [];
  let pending = 0;
  const client = connect(io, url, () => token, { transports, reconnectionDelayMax: 1000 });
  const followed = client.follow(ticket, {
    onEvent: ({ message }, { seq, internal = false }) => shown.push([internal, seq, message ?? null]),
    onError: ({ code }) => refused.push(code),
  }, staff ? { staffAfter: 0 } : {});

  async function say(text) {
    pending += 1;
    await followed.send(text).catch(({ code }) => refused.push(code));
    pending -= 1;
  }

  const report = () => ({ shown, refused, pending, state: followed.state });
  return { say: (text) => { say(text); }, report };
}
