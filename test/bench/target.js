/** What a figure is to reach. */
export const atMost = (most) => ({ text: `≤ ${most}`, met: (figure) => figure.median <= most });
export const atLeast = (least) => ({
  text: `≥ ${least}`,
  met: (figure) => figure.median >= least,
});
export const exactly = (value) => ({
  text: `= ${value}`,
  met: (figure) => figure.min === value && figure.max === value,
});
