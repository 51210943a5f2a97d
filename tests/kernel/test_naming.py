"""Pages call the party behind an act by a name, and by its label where nobody knows one."""

from appliance.kernel.naming import party_name


def test_a_label_becomes_a_name_where_a_room_knows_one() -> None:
    names = [lambda label: "", lambda label: "测试甲" if label == "A00001" else ""]
    assert party_name("A00001", names, str) == "测试甲"
    assert party_name("A00009", names, str) == "A00009"
    assert party_name("machine", names, str.upper) == "THE MACHINE"
    assert party_name("", names, str) == ""
