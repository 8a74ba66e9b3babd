// A charger built on npm `ocpp-rpc` in strict mode: both what it sends and what it is answered must fit the OCPP 1.6 schemas.
// node charger.mjs ENDPOINT IDENTITY PASSWORD ID_TAG
// Runs boot → authorize → start → meter values → stop and prints {replies, complaints} as JSON; exit code 1 on any error.
import { RPCClient } from "ocpp-rpc";

const [endpoint, identity, password, idTag] = process.argv.slice(2);
const replies = {};
const complaints = [];

const client = new RPCClient({
  endpoint,
  identity,
  password,
  protocols: ["ocpp1.6"],
  strictMode: true,
  reconnect: false,
  callTimeoutMs: 10_000,
});
client.on("strictValidationFailure", ({ error }) => complaints.push(String(error)));
client.on("badMessage", ({ error }) => complaints.push(String(error)));
client.handle("GetConfiguration", () => ({ configurationKey: [], unknownKey: [] }));
client.handle(({ method }) => {
  complaints.push(`unexpected ${method}`);
  return {};
});

const now = () => new Date().toISOString();
const call = async (action, payload) => (replies[action] = await client.call(action, payload));
const sample = (value, measurand, unit, phase) => ({ value: String(value), measurand, unit, ...(phase && { phase }) });

await client.connect();
await call("BootNotification", {
  chargePointVendor: "Webasto",
  chargePointModel: "WB_NEXT_EVSE_EU_32A",
  chargePointSerialNumber: identity.slice(0, 25),
  firmwareVersion: "3.1.16",
});
await call("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Preparing", timestamp: now() });
await call("Heartbeat", {});
await call("Authorize", { idTag });
const { transactionId } = await call("StartTransaction", { connectorId: 1, idTag, meterStart: 4854797, timestamp: now() });
await call("MeterValues", {
  connectorId: 1,
  transactionId,
  meterValue: [
    {
      timestamp: now(),
      sampledValue: [
        sample(4872000, "Energy.Active.Import.Register", "Wh"),
        sample("11.49", "Power.Active.Import", "kW"),
        ...["L1", "L2", "L3"].map((phase) => sample("16.0", "Current.Import", "A", phase)),
        ...["L1", "L2", "L3"].map((phase) => sample(239, "Voltage", "V", phase)),
      ],
    },
  ],
});
await call("StopTransaction", { transactionId, idTag, meterStop: 4889931, timestamp: now(), reason: "Local" });
await call("StatusNotification", { connectorId: 1, errorCode: "NoError", status: "Available", timestamp: now() });
await call("DataTransfer", { vendorId: "nobody.knows.me" });
await client.close();

console.log(JSON.stringify({ replies, complaints, protocol: client.protocol }));
process.exitCode = complaints.length ? 1 : 0;
