// From an event of the user to the pixels that answer it, in milliseconds.
(root) => {
  const times = [];
  let start = null;
  const finish = () => {
    if (start === null) return;
    const began = start;
    start = null;
    // Two frames: the first is drawn with the change, the second begins when the first is on the screen.
    requestAnimationFrame(() => requestAnimationFrame((now) => times.push(now - began)));
  };
  for (const name of ["click", "keydown", "pointermove"])
    document.addEventListener(name, (event) => {
      if (name !== "pointermove" || event.buttons) start ??= event.timeStamp;
    }, true);
  // An explorer writes its sentence and its time after its panels.
  for (const element of document.querySelectorAll(`${root} .wb-status, ${root} .wb-corner`))
    new MutationObserver(finish).observe(element, { subtree: true, childList: true, characterData: true });
  window.stopwatch = { times, again() { start = null; } };
}
