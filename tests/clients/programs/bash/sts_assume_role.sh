#!/usr/bin/env bash
# A function in the manner of AWS's code examples for Bash: assume a role, and print what the shell needs to act as it.

# Assume an IAM role.
#
#   -n SESSION_NAME  the name of the session
#   -r ROLE_ARN      the role
#   -h               help
#
# Prints the access key id, the secret access key and the session token, with tabs between them.
# Returns 0 if the role was assumed, 1 otherwise.
sts_assume_role() {
    local role_session_name="" role_arn="" option answer
    local OPTIND OPTARG

    while getopts "n:r:h" option; do
        case "$option" in
            n) role_session_name="$OPTARG" ;;
            r) role_arn="$OPTARG" ;;
            h)
                echo "sts_assume_role -n SESSION_NAME -r ROLE_ARN"
                return 0
                ;;
            *)
                echo "ERROR: that is no option of sts_assume_role." >&2
                return 1
                ;;
        esac
    done

    if [[ -z $role_session_name || -z $role_arn ]]; then
        echo "ERROR: give the session's name with -n and the role with -r." >&2
        return 1
    fi
    if ! answer=$(aws sts assume-role --role-session-name "$role_session_name" --role-arn "$role_arn" \
        --output text --query "Credentials.[AccessKeyId, SecretAccessKey, SessionToken]" 2>&1); then
        echo "ERROR: AWS reports that assume-role failed." >&2
        echo "$answer" >&2
        return 1
    fi
    echo "$answer"
    return 0
}
