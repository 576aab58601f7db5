// Moves through a deck by arrow keys and clicks; without it all slides stand under each other.

const slides = [...document.querySelectorAll("section")];
const show = place => {
  const number = Math.min(Math.max(place, 0), slides.length - 1);
  slides.forEach((slide, other) => slide.classList.toggle("shown", other === number));
  history.replaceState(null, "", "#" + (number + 1));
};
const now = () => (parseInt(location.hash.slice(1)) || 1) - 1;
document.body.classList.add("moving");
show(now());
addEventListener("hashchange", () => show(now()));
addEventListener("keydown", event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const steps = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1,
    ArrowLeft: -1, ArrowUp: -1, PageUp: -1};
  const end = {Home: 0, End: slides.length - 1}[event.key];
  const goal = end ?? (event.key in steps ? now() + steps[event.key] : null);
  if (goal !== null) { event.preventDefault(); show(goal); }
});
addEventListener("click", event => {
  if (!event.target.closest("a")) show(now() + (event.clientX < innerWidth / 4 ? -1 : 1));
});
