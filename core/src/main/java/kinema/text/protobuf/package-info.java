/** Reading of protobuf messages, the wire format of SentencePiece and ONNX files. */
@NullMarked
package kinema.text.protobuf;

import org.jspecify.annotations.NullMarked;
