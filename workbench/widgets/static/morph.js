// Make one SVG tree into another in place: what stays keeps its focus, and moves there by CSS.
function morph(old, next) {
  if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName) {
    old.replaceWith(next.cloneNode(true));
    return;
  }
  if (old.nodeType !== 1) {
    if (old.nodeValue !== next.nodeValue) old.nodeValue = next.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes], after = [...next.childNodes];
  after.forEach((node, i) => (i < before.length ? morph(before[i], node) : old.append(node.cloneNode(true))));
  before.slice(after.length).forEach((node) => node.remove());
}

function draw(root, text) {
  const next = document.createElement("div");
  next.innerHTML = text;
  if (root.firstChild && next.firstChild) morph(root.firstChild, next.firstChild);
  else root.replaceChildren(...next.childNodes);
}

// The element with a key that lies nearest in the direction of an arrow.
function neighbour(root, from, arrow) {
  const centre = (e) => { const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; };
  const [x, y] = centre(from);
  const [ax, ay] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[arrow];
  let best = null, least = Infinity;
  for (const element of root.querySelectorAll("[data-key]")) {
    const [u, v] = centre(element), along = (u - x) * ax + (v - y) * ay;
    const aside = Math.abs((u - x) * ay + (v - y) * ax);
    if (element !== from && along > 1 && along + 2 * aside < least) [best, least] = [element, along + 2 * aside];
  }
  return best;
}
