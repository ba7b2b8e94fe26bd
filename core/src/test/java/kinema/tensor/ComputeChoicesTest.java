package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ComputeChoicesTest {
    @Test
    void precisionsHaveNames() {
        assertThat(Precision.parse("FP32").dtype()).isEqualTo(ScalarType.Float);
        assertThat(Precision.parse("bf16").dtype()).isEqualTo(ScalarType.BFloat16);
        assertThat(Precision.parse("fp16").dtype()).isEqualTo(ScalarType.Half);
        assertThatThrownBy(() -> Precision.parse("int8"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown dtype 'int8'; known: fp32, bf16, fp16");
    }

    @Test
    void devicesHaveNames() {
        assertThat(Devices.parse("CPU")).isEqualTo(Devices.CPU);
        assertThat(Devices.parse("cuda")).isEqualTo(Devices.CUDA);
        assertThatThrownBy(() -> Devices.parse("mps"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown device 'mps'; known: cpu, cuda");
    }

    @Test
    void aDeviceThatIsNotThereSaysWhatItNeeds() {
        assertThatCode(Devices.CPU::check).doesNotThrowAnyException();
        if (torch.cuda_is_available()) {
            assertThatCode(Devices.CUDA::check).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(Devices.CUDA::check)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("needs an NVIDIA graphics card and libtorch's CUDA build");
        }
    }

    @Test
    void thisMachineHasMemory() {
        assertThat(MachineMemory.free()).isBetween(1_000_000L, 1L << 50);
    }
}
