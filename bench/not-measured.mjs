// Why a row cannot be measured here, such as a peer that is not installed: said as it is, while the rest is measured.
export class NotMeasured extends Error {}
