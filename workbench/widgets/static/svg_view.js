// Shows the SVG text that Python drew; tells Python which element was clicked, moved to or dragged.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export default {
  render({ model, el }) {
    const root = document.createElement("div");
    root.className = "wb-svg";
    el.append(root);
    const show = () => {
      draw(root, model.get("svg"));
      const frame = model.get("frame");
      if (frame) requestAnimationFrame(() => { model.set("seen", frame); model.save_changes(); });
    };
    show();
    model.on("change:svg", show);
    const point = (event) => {
      const svg = root.querySelector("svg");
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      return { x: at.x, y: at.y };
    };
    let dragged = null, moves = 0;
    const moved = (event, final) => {
      // A synchronised value and no message: while the kernel is busy only the latest place is kept.
      model.set("drag", { key: dragged, ...point(event), final, number: ++moves });
      model.save_changes();
    };
    root.addEventListener("pointerdown", (event) => {
      const handle = event.target.closest("[data-drag]");
      if (!handle) return;
      event.preventDefault();
      dragged = handle.dataset.drag;
      handle.focus();
      root.setPointerCapture(event.pointerId);
      root.classList.add("wb-dragging");
    });
    root.addEventListener("pointermove", (event) => dragged && moved(event, false));
    const drop = (event) => {
      if (!dragged) return;
      moved(event, true);
      dragged = null;
      root.classList.remove("wb-dragging");
    };
    root.addEventListener("pointerup", drop);
    root.addEventListener("pointercancel", drop);
    root.addEventListener("click", (event) => {
      const hit = event.target.closest("[data-key]");
      if (hit) model.send({ kind: "click", key: hit.dataset.key });
    });
    root.addEventListener("keydown", (event) => {
      const at = event.target.closest("[data-key], [data-drag]");
      if (!at) return;
      const arrow = ARROWS[event.key];
      if (arrow && at.dataset.drag)
        model.send({ kind: "nudge", key: at.dataset.drag, dx: arrow[0], dy: arrow[1], far: event.shiftKey });
      else if (arrow) neighbour(root, at, event.key)?.focus();
      else if (at.dataset.key && (event.key === "Enter" || event.key === " "))
        model.send({ kind: "click", key: at.dataset.key });
      else return;
      event.preventDefault();
      event.stopPropagation(); // the notebook has plans of its own for these keys
    });
  },
};
