// BokehJS, loaded while the first answers are on their way.
export async function loadBokeh(addresses) {
  for (const address of addresses) await loadScript(address); // the second builds on the first
}

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error("BokehJS cannot be loaded; reload the page.")));
    document.head.append(script);
  });
}
