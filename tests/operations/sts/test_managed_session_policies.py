"""How many managed policies a session can be given."""

from tests.support.answers import arn, refusal
from tests.support.world import World, allow, document


def test_a_session_has_at_most_ten(world: World) -> None:
    # AWS: *AssumeRole*, PolicyArns: "You can provide up to 10 managed policy ARNs."
    bob = world.user("bob")
    role = world.role("r", {"AWS": arn("user/bob")}, allow("*"))
    actions = [f"iam:{name}" for name in ("ListUsers", "ListRoles", "ListGroups")]
    given = [
        {
            "arn": world.root.iam.create_policy(
                PolicyName=f"p{number}", PolicyDocument=document(allow(actions[number % 3]))
            )["Policy"]["Arn"]
        }
        for number in range(11)
    ]
    session = bob.assume(role, PolicyArns=given[:10])
    assert session.iam.list_users()["Users"]
    assert session.iam.list_roles()["Roles"]
    text = (
        "Value at 'policyArns' failed to satisfy constraint: Member must have length less than or equal to 10"
    )
    for many in (given, given[:1] * 11):
        code, message = refusal(bob.sts.assume_role, RoleArn=role, RoleSessionName="ss", PolicyArns=many)
        assert (code, message) == ("ValidationError", f"1 validation error detected: {text}")
