package kinema;

import java.util.Optional;
import java.util.function.Predicate;
import kinema.nn.OneDnn;
import kinema.system.OpenOptions;
import kinema.system.VideoSystem;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Processor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The precision of a model whose opener leaves it open: the shortest its system names, where that is faster here. On
 * processors without instructions for bf16 it is many times slower than fp32.
 *
 * @param processor of this machine
 * @param right whether oneDNN, which has products in short numbers, was found right in a dtype
 */
record FastestPrecision(Processor processor, Predicate<ScalarType> right) {
    static FastestPrecision ofMachine() {
        return new FastestPrecision(Processor.ofMachine(), OneDnn::isUsed);
    }

    /** The options with a precision in place of one left open. */
    OpenOptions decide(VideoSystem system, OpenOptions asked) {
        if (!asked.precisionOpen()) {
            return asked;
        }
        boolean shorter = system.shortest() == Precision.BF16
                && asked.device() == Device.CPU
                && instructions().isPresent();
        return asked.withPrecision(shorter ? Precision.BF16 : Precision.FP32);
    }

    /** Why a precision that was left open became what it is; empty for 32 bits, which need no reason. */
    Optional<String> note(OpenOptions decided) {
        return decided.precision() == Precision.FP32
                ? Optional.empty()
                : instructions()
                        .map(name -> "computes in " + decided.precision() + ", for which this processor has " + name
                                + "; fp32 is slower, and its pictures differ by what no eye sees");
    }

    private Optional<String> instructions() {
        return processor.shortProducts().filter(name -> right.test(ScalarType.BFloat16));
    }
}
