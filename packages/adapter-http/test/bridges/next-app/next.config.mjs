export default { logging: false, devIndicators: false }
