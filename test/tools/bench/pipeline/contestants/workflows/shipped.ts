export { message } from "../../../../../../workflows/message.ts";
