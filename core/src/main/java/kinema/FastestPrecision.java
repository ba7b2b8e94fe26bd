package kinema;

import java.util.Optional;
import kinema.nn.OneDnn;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Device;
import kinema.tensor.Precision;

/**
 * The precision of a model whose opener leaves it open: the shortest its system names, where that is faster here. On
 * processors without instructions for bf16 it is many times slower than fp32.
 *
 * @param instructions for products in bf16; empty where there are none
 */
record FastestPrecision(Optional<String> instructions) {
    static FastestPrecision ofMachine() {
        return new FastestPrecision(OneDnn.shortProducts());
    }

    /** The options with a precision in place of one left open. */
    OpenOptions decide(VideoSystem system, OpenOptions asked) {
        if (!asked.precisionOpen()) {
            return asked;
        }
        boolean shorter =
                system.shortest() == Precision.BF16 && asked.device() == Device.CPU && instructions.isPresent();
        return asked.withPrecision(shorter ? Precision.BF16 : Precision.FP32);
    }

    /** Why a precision that was left open became what it is; empty for 32 bits, which need no reason. */
    Optional<String> note(OpenOptions decided) {
        return decided.precision() == Precision.FP32
                ? Optional.empty()
                : instructions.map(name -> "computes in " + decided.precision() + ", for which this processor has "
                        + name + "; fp32 is slower, and its pictures differ by what no eye sees");
    }
}
