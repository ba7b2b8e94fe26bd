package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import kinema.files.Names;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class ComputeChoicesTest {
    @Test
    void precisionsHaveNames() {
        assertThat(Names.parse(Precision.class, "dtype", "FP32").dtype()).isEqualTo(ScalarType.Float);
        assertThat(Names.parse(Precision.class, "dtype", "bf16").dtype()).isEqualTo(ScalarType.BFloat16);
        assertThat(Names.parse(Precision.class, "dtype", "fp16").dtype()).isEqualTo(ScalarType.Half);
        assertThatThrownBy(() -> Names.parse(Precision.class, "dtype", "int8"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown dtype 'int8'; known: fp32, bf16, fp16");
    }

    @Test
    void devicesHaveNames() {
        assertThat(Names.parse(Device.class, "device", "CPU")).isEqualTo(Device.CPU);
        assertThat(Names.parse(Device.class, "device", "cuda")).isEqualTo(Device.CUDA);
        assertThatThrownBy(() -> Names.parse(Device.class, "device", "mps"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown device 'mps'; known: cpu, cuda");
    }

    @Test
    void aDeviceThatIsNotThereSaysWhatItNeeds() {
        assertThatCode(Device.CPU::check).doesNotThrowAnyException();
        if (torch.cuda_is_available()) {
            assertThatCode(Device.CUDA::check).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(Device.CUDA::check)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("needs an NVIDIA graphics card and libtorch's CUDA build");
        }
    }

    @Test
    void thisMachineHasMemory() {
        assertThat(MachineMemory.free()).isBetween(1_000_000L, 1L << 50);
    }
}
