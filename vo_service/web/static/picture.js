// Load a picture of the sky when its button is pressed: a closed network is never asked unbidden.
const place = document.getElementById("picture");
for (const button of document.querySelectorAll("[data-picture]")) {
  button.addEventListener("click", () => {
    const picture = new Image(400, 400);
    picture.alt = `${button.textContent} picture of the object, one arcminute wide`;
    picture.addEventListener("load", () => place.replaceChildren(picture));
    picture.addEventListener("error", () => { place.textContent = "The picture cannot be reached from here."; });
    place.textContent = "Loading…";
    picture.src = button.dataset.picture;
  });
}
