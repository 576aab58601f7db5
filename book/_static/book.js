// What the theme leaves undone. The page works without it.

// The colour switch changes its icon, and a browser takes the focus off a button that was pressed
// by keyboard while the theme repaints it: give it back.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.(".theme-switch-button");
  if (button) requestAnimationFrame(() => button.focus());
});
