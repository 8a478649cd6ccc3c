// Smoothing by means of neighbouring pixels weighted with their inverse variance: a bad pixel
// counts for nothing, and the error of the mean is that of a mean.
export const KINDS = ["none", "boxcar", "gaussian"];

const SIGMA_PER_FWHM = 1 / 2.3548;
const REACH = 3; // of the Gaussian, in its sigma

// A kernel of `width` pixels: all of a boxcar, the full width at half maximum of a Gaussian.
export function makeKernel(kind, width) {
  if (kind === "boxcar") return Array(2 * Math.floor((width - 1) / 2) + 1).fill(1);
  const sigma = width * SIGMA_PER_FWHM;
  const half = Math.max(1, Math.ceil(REACH * sigma));
  return Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-((i - half) ** 2) / (2 * sigma ** 2)));
}

export function smooth(spectrum, kind, width) {
  if (kind === "none" || width < 2) return spectrum;
  const kernel = makeKernel(kind, width);
  const { wave, flux, ivar, model, sky } = spectrum;
  const result = { ...spectrum, wave, ...weightedMean(flux, ivar, kernel) };
  if (model) {
    result.model = weightedMean(model, ivar, kernel).flux;
    result.residual = result.flux.map((value, i) => (value - result.model[i]) / result.sigma[i]);
  }
  if (sky) result.sky = weightedMean(sky, ivar, kernel).flux;
  return result;
}

function weightedMean(values, ivar, kernel) {
  const half = (kernel.length - 1) / 2;
  const flux = new Float64Array(values.length).fill(NaN);
  const sigma = new Float64Array(values.length).fill(NaN);
  for (let i = 0; i < values.length; i += 1) {
    if (!(ivar[i] > 0)) continue; // gaps stay gaps
    let sum = 0, weights = 0, squares = 0;
    for (let k = Math.max(0, half - i), j = i - half + k; k < kernel.length && j < values.length; k += 1, j += 1) {
      if (!(ivar[j] > 0) || Number.isNaN(values[j])) continue;
      const weight = kernel[k] * ivar[j];
      sum += weight * values[j];
      weights += weight;
      squares += kernel[k] * weight;
    }
    flux[i] = sum / weights;
    sigma[i] = Math.sqrt(squares) / weights;
  }
  return { flux, sigma };
}
