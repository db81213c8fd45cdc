// What a server offers besides the chat. A link or button of a feature has `data-needs` with the
// feature's name in the answer of /api/room: glass, lab, tasks or learn.

/** Shows what needs a feature only where the server offers it. */
export function showOffered(root, features) {
  root.querySelectorAll('[data-needs]').forEach((node) => { node.hidden = !features[node.dataset.needs]; });
}
