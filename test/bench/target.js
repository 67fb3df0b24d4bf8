/** What a figure is to reach. */
export const atMost = (most) => ({ text: `≤ ${most}`, met: (figure) => figure.median <= most });
export const below = (bound) => ({ text: `< ${bound}`, met: (figure) => figure.median < bound });
export const atLeast = (least) => ({
  text: `≥ ${least}`,
  met: (figure) => figure.median >= least,
});
export const exactly = (value) => ({
  text: `= ${value}`,
  met: (figure) => figure.min === value && figure.max === value,
});
